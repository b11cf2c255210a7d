// Marks the page as one where scripts run, before anything is drawn: govuk-frontend's own test.
document.body.className +=
  ' js-enabled' + ('noModule' in HTMLScriptElement.prototype ? ' govuk-frontend-supported' : '');
