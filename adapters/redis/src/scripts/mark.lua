-- Begins (ARGV[2] > 0: for so many ms) or ends (0) to write a place. KEYS: the place. ARGV: mark, ms.
-- Marks are `!MARK:END MARK:END`; each ends by the clock of Redis. Says whether the mark stood.
local time = redis.call('TIME')
local now, last = time[1] * 1000 + math.floor(time[2] / 1000), 0
local stood, marks = 0, {}
local function keep(mark, ends)
  marks[#marks + 1] = string.format('%s:%.0f', mark, ends)
  last = math.max(last, ends)
end
local held = redis.call('GET', KEYS[1])
local marked = held and held:sub(1, 1) == '!'
if marked then
  for mark, ends in held:gmatch('(%d+):(%d+)') do
    ends = tonumber(ends)
    if ends > now then
      if mark == ARGV[1] then stood = 1 else keep(mark, ends) end
    end
  end
end
local ms = tonumber(ARGV[2])
if ms > 0 then keep(ARGV[1], now + ms) end
if #marks > 0 then
  redis.call('SET', KEYS[1], '!' .. table.concat(marks, ' '), 'PX', string.format('%.0f', last - now))
elseif marked then
  redis.call('DEL', KEYS[1])
end
return stood
