-- The data that are there, or new ones where they are lost or were never begun. Which these are, of how many buckets, and the time.
local there = redis.call('HGET', meta, 'epoch')
local found = there
if not is_whole() then
    found = arg.new
    redis.call('DEL', log)
    redis.call('HSET', meta, 'epoch', arg.new)
    redis.call('HSETNX', meta, 'buckets', arg.buckets)
    redis.call('ZADD', dead, '+inf', '')
    redis.call('HSET', cutoffs, '', '-inf')
end
-- What was revoked in other data until now, nobody can say. Of each, this is noted once, however many have known them. Nodes
-- that issue tokens may be fast by as much as others accept by default.
local FAST = 5000
for _, other in ipairs({ epoch, there or epoch }) do
    if other ~= '0' and other ~= found and redis.call('HSETNX', meta, 'lost ' .. other, 1) == 1 then
        redis.call('HSET', meta, 'lost', string.format('%.0f', math.max(math.max(now, clock()) + FAST, lost_before() or 0)))
    end
end
return { found, redis.call('HGET', meta, 'buckets'), clock() }
