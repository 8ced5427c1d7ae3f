local subject = KEYS[5]
local id, jti, name, refresh, low, high = ARGV[6], ARGV[7], ARGV[8], ARGV[9] == '1', tonumber(ARGV[10]), tonumber(ARGV[11])
local everyone, own = ARGV[12], ARGV[13]
local row = read(subject, id)
local known = judge(row, jti, name, refresh, low, high, everyone, own)
