"""Discord: building what is sent (payload, embed, components, markdown), sending it (rest), reading ids
(snowflake)."""
