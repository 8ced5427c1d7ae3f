-- Some of the subjects of an issuer.
local page = redis.call('ZSCAN', KEYS[5], ARGV[6], 'COUNT', 100)
return { page[1], page[2] }
