--[[
  From now on a node gets what is said in a room.

  KEYS[1]  the log: its epoch, the run of the server that made the epoch, and the last offset
  KEYS[2]  who wants the room: life to generation
  KEYS[3]  the rooms that this life of the node wants
  ARGV[1]  the epoch of a log that begins here
  ARGV[2]  run
  ARGV[3]  life
  ARGV[4]  generation: a later look can tell this wish from an earlier one
  ARGV[5]  room
  ARGV[6]  how long a silent log is kept, in ms

  Output: { epoch, offset }
]]
-- A server that was started again may have lost the last lines: their numbers must not come twice.
if redis.call("HGET", KEYS[1], "run") ~= ARGV[2] then
  redis.call("HSET", KEYS[1], "run", ARGV[2], "epoch", ARGV[1])
  redis.call("HSETNX", KEYS[1], "offset", 0)
  redis.call("PEXPIRE", KEYS[1], ARGV[6])
end
redis.call("HSET", KEYS[2], ARGV[3], ARGV[4])
redis.call("SADD", KEYS[3], ARGV[5])
return { redis.call("HGET", KEYS[1], "epoch"), tonumber(redis.call("HGET", KEYS[1], "offset")) }
