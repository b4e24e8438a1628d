"""What people see: command line, report, charts."""
