UPDATE jobs SET share = NULL WHERE queue = 'threads' AND share = '-';
