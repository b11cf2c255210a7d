// Under which names the form keeps what it keeps on a device.
export const BOX = 'portal-report';
export const SYNC = 'portal-report';
export const CACHE = 'portal-report-';
export const SCOPE = '/report';
