"""The snapshot over HTTP: /metrics, the scoreboard, the JSON API, the probes."""
