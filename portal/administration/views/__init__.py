"""Pages of those who set the portal up, and the start page of the demo."""
