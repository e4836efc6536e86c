"""The numbers behind the charts: a fit goes in, a `Plot` comes out; nothing is drawn here."""
