"""From a file of any layout to the store: a map says what stands where, and every refused row is reported."""
