-- Leases of open WebSockets, shared by replicas, timed by the clock of Redis.
-- KEYS: the prefix of all keys.
-- ARGV: the action, the calling replica, the life of a lease in microseconds, the time (in tests only; otherwise empty), the arguments of the
-- action.
-- A subject's and a replica's leases are sorted sets of decision ids by the microsecond at which each expires. Each lease also has a key of
-- its own with its owners, "REPLICA SUBJECT"; the value is empty once the lease has ended.
local prefix, action, me, life = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3])
local now = tonumber(ARGV[4])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end

local most_mail = 10000

-- tostring() keeps only 14 digits.
local function text(number) return string.format('%.0f', number) end
local function milliseconds(microseconds) return text(math.ceil(microseconds / 1000) + 1000) end

-- A key with a value of another type was overwritten, and its leases are lost: it is deleted, and replicas send their leases again.
local looked_at, is_mended = {}, false
local function ours(key, kind)
  if not looked_at[key] then
    looked_at[key] = true
    local found = redis.call('TYPE', key).ok
    if found ~= kind and found ~= 'none' then
      redis.call('DEL', key)
      is_mended = true
    end
  end
  return key
end

local function lease_key(id) return ours(prefix .. 'lease:' .. id, 'string') end
local function subject_key(subject) return ours(prefix .. 'subject:' .. subject, 'zset') end
local function replica_key(replica) return ours(prefix .. 'replica:' .. replica, 'zset') end
local function presence_key(replica) return ours(prefix .. 'presence:' .. replica, 'string') end
local function mail_key(replica) return ours(prefix .. 'mail:' .. replica, 'list') end

local function is_present(replica)
  local till = redis.call('GET', presence_key(replica))
  return till and (tonumber(till) or 0) > now
end

-- Returns the replica and the subject of a lease; the replica is empty once the lease has ended, and nil when the lease is unknown.
local function find(id)
  local record = redis.call('GET', lease_key(id))
  if not record then return nil end
  if record == '' then return '' end
  local space = string.find(record, ' ', 1, true)
  if not space then return nil end
  return string.sub(record, 1, space - 1), string.sub(record, space + 1)
end

-- Removes expired leases. A lease that expires later than any can was made before the clock was set back; it gets one more life from now.
local function trim(key)
  redis.call('ZREMRANGEBYSCORE', key, '-inf', text(now))
  local ahead = redis.call('ZRANGEBYSCORE', key, '(' .. text(now + life), '+inf')
  for i = 1, #ahead do
    redis.call('ZADD', key, text(now + life), ahead[i])
  end
end

local function hold(id, replica, subject, till)
  redis.call('SET', lease_key(id), replica .. ' ' .. subject, 'PX', milliseconds(life))
  for _, key in ipairs({ subject_key(subject), replica_key(replica) }) do
    redis.call('ZADD', key, text(till), id)
    redis.call('PEXPIRE', key, milliseconds(life))
  end
end

-- Notifies the replica that granted a lease of its change.
local function notify(replica, id)
  if replica == me or not is_present(replica) then return end
  local key = mail_key(replica)
  if redis.call('RPUSH', key, id) > most_mail then redis.call('LPOP', key) end
  redis.call('PEXPIRE', key, milliseconds(life))
end

local actions = {}

-- id, subject, cap of the subject, cap of the replica. A lease of another replica moves here: Envoy repeated the request.
function actions.take()
  local id, subject, per_subject, per_replica = ARGV[5], ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8])
  if not is_present(me) then return 'absent' end
  local other, known = find(id)
  if other == '' or other == me then return 'taken' end
  subject = known or subject
  trim(subject_key(subject))
  trim(replica_key(me))
  if is_mended then return 'absent' end
  if not other and per_subject > 0 and redis.call('ZCARD', subject_key(subject)) >= per_subject then return 'user' end
  if per_replica > 0 and redis.call('ZCARD', replica_key(me)) >= per_replica then return 'replica' end
  if other then redis.call('ZREM', replica_key(other), id) end
  hold(id, me, subject, now + life)
  if other then notify(other, id) end
  return 'taken'
end

-- id, subject, remaining microseconds. The calling replica adopts the lease of a replica that is gone.
function actions.renew()
  local id, subject, rest = ARGV[5], ARGV[6], tonumber(ARGV[7])
  local before, known = find(id)
  if before == '' then return 'ended' end
  local replica = before and (before == me or is_present(before)) and before or me
  if before and before ~= replica then redis.call('ZREM', replica_key(before), id) end
  subject = known or subject
  trim(subject_key(subject))
  local till = redis.call('ZSCORE', subject_key(subject), id)
  hold(id, replica, subject, math.max(now + rest, till and tonumber(till) or 0))
  if replica ~= me then
    notify(replica, id)
    return 'other'
  end
  return till and before == me and 'mine' or 'adopted'
end

-- id, subject
function actions.finish()
  local id, subject = ARGV[5], ARGV[6]
  local replica, known = find(id)
  if replica ~= '' then
    redis.call('ZREM', subject_key(known or subject), id)
    redis.call('ZREM', replica_key(replica or me), id)
    redis.call('SET', lease_key(id), '', 'PX', milliseconds(life))
    if replica then notify(replica, id) end
  end
  return 'ended'
end

-- id, subject. As finish, unless another replica has the lease; a repeat of the request may take the lease anew.
function actions.release()
  local id, subject = ARGV[5], ARGV[6]
  local replica, known = find(id)
  if replica and replica ~= me then return 'ended' end
  redis.call('ZREM', subject_key(known or subject), id)
  redis.call('ZREM', replica_key(me), id)
  redis.call('DEL', lease_key(id))
  return 'ended'
end

-- life of the registration in microseconds; "1" when all leases of the replica were just sent again; maximum number of changes to return.
-- Returns the changes of this replica's leases by others: an id, then the remaining microseconds, 0: another replica's, -1: ended.
function actions.appear()
  local presence, is_resent, most = tonumber(ARGV[5]), ARGV[6] == '1', tonumber(ARGV[7])
  if not is_resent and not is_present(me) then return { 'absent' } end
  redis.call('SET', presence_key(me), text(now + presence), 'PX', milliseconds(presence))
  trim(replica_key(me))
  local answer = { 'present' }
  for _ = 1, most do
    local id = redis.call('LPOP', mail_key(me))
    if not id then break end
    local replica = find(id)
    local till = replica == me and redis.call('ZSCORE', replica_key(me), id)
    answer[#answer + 1] = id
    answer[#answer + 1] = replica == '' and '-1' or till and text(tonumber(till) - now) or '0'
  end
  return answer
end

function actions.leave()
  redis.call('DEL', presence_key(me), mail_key(me))
  return 'gone'
end

return actions[action]()
