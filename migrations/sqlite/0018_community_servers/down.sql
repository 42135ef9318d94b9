DROP TABLE asked_hosts;
