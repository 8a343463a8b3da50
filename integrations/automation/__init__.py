"""What an alert's automation_action names, done: suggested, approved or by itself, and looked at afterwards."""
