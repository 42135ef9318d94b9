UPDATE community_log SET action = 'restored' WHERE action = 'taken_in';
