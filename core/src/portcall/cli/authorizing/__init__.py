"""Ways to get the credentials of a new connection; each hands them over before they are used."""
