-- A part of all that is revoked or has ended, or of the moments before which nothing counts.
local command, key = ARGV[6], ARGV[6] == 'ZSCAN' and dead or cutoffs
local page = redis.call(command, key, ARGV[7], 'COUNT', 2000)
return { page[1], page[2] }
