-- Creates new data if there is none, or if it was lost. Returns the epoch of the data, the number of buckets, and the
-- time.
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
-- Nobody knows which tokens were revoked in the lost data. The loss is recorded once for each epoch, even if several
-- processes notice it. FAST allows for nodes that issue tokens with a fast clock. It matches the default tolerance of
-- other nodes.
local FAST = 5000
for _, other in ipairs({ epoch, there or epoch }) do
    if other ~= '0' and other ~= found and redis.call('HSETNX', meta, 'lost ' .. other, 1) == 1 then
        redis.call('HSET', meta, 'lost', string.format('%.0f', math.max(math.max(now, clock()) + FAST, lost_before() or 0)))
    end
end
return { found, redis.call('HGET', meta, 'buckets'), clock() }
