--[[
  Puts sums into a ranking. Sums only grow, so a lower one than is known came late.

  KEYS[1]  the ranking: members "<reached, inverted>:<user, inverted>:<user>" by their coins, and
           the member "held" at -1, without which the ranking is not held
  KEYS[2]  user -> member, and "held"
  ARGV[1]  "load": hold it from now on; "put": only if it is held
  ARGV[2]  for how long it is held after a load, in ms
  ARGV[3]  how many users are kept
  ARGV[4…] user, coins and member of each sum

  Output: 1 if the ranking is held now, else 0
]]
local held = redis.call("ZSCORE", KEYS[1], "held") and redis.call("HEXISTS", KEYS[2], "held") == 1
if not held then
  -- Half of it is none: what one key lost, the other must not keep.
  redis.call("DEL", KEYS[1], KEYS[2])
  if ARGV[1] ~= "load" then return 0 end
end

if ARGV[1] == "load" then
  redis.call("ZADD", KEYS[1], -1, "held")
  redis.call("HSET", KEYS[2], "held", "")
  redis.call("PEXPIRE", KEYS[1], ARGV[2])
  redis.call("PEXPIRE", KEYS[2], ARGV[2])
end

for at = 4, #ARGV, 3 do
  local user, coins, member = ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2]
  local known = redis.call("HGET", KEYS[2], user)
  local before = known and redis.call("ZSCORE", KEYS[1], known)
  if not before or coins > tonumber(before) then
    if known then redis.call("ZREM", KEYS[1], known) end
    redis.call("ZADD", KEYS[1], coins, member)
    redis.call("HSET", KEYS[2], user, member)
  end
end

-- The lowest go; "held" is lower than all of them and comes back.
local surplus = redis.call("ZCARD", KEYS[1]) - 1 - tonumber(ARGV[3])
if surplus > 0 then
  local members = redis.call("ZRANGE", KEYS[1], 1, surplus)
  for _, member in ipairs(members) do
    redis.call("ZREM", KEYS[1], member)
    redis.call("HDEL", KEYS[2], string.match(member, "(%d+)$"))
  end
end
return 1
