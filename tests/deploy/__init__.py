"""What is deployed: well formed, and its commands run for real."""
