"""Rules, records, the state machine and refusals of vocational courses; nothing here touches the outside."""
