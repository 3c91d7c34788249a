"""Speed, measured: canned AWS, alternating rounds with a control, peers, reports and charts."""
