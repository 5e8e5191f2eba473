--[[
  The first of a ranking.

  KEYS[1]  the ranking, as put-totals-2.lua keeps it
  KEYS[2]  user -> member, and "held"
  ARGV[1]  how many

  Output: false when the ranking is not held, else member, coins, member, coins …
]]
local held = redis.call("ZSCORE", KEYS[1], "held") and redis.call("HEXISTS", KEYS[2], "held") == 1
if not held then return false end
return redis.call("ZREVRANGEBYSCORE", KEYS[1], "+inf", "(0", "WITHSCORES", "LIMIT", 0, ARGV[1])
