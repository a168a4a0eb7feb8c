"""What tests, simulators and the demo stand on; no part of a production daemon's way."""
