"""What the generated models are made of: codecs, their base, and strings that are open to new values."""
