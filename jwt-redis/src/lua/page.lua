-- A part of all that is revoked or has ended, or of the moments before which nothing counts.
local page = redis.call(arg.command, arg.command == 'ZSCAN' and dead or cutoffs, arg.cursor, 'COUNT', 2000)
return { page[1], page[2] }
