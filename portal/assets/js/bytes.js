// What is in a blob; `blob.arrayBuffer()` is younger than our oldest browsers.
export function read(blob, how) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader[how](blob);
  });
}

export const bytesOf = (blob) => read(blob, 'readAsArrayBuffer');
