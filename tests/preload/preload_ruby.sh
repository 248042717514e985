#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_ruby.sh - ruby: arrays, hashes, strings, threads, fork, and garbage
# collected under stress and by moving.
. "$(dirname "$0")/lib.sh"
need ruby

cat >"$tmp/in/work.rb" <<'END_RUBY'
require "digest"
random = Random.new(7)
numbers = Array.new(50_000) { random.rand(1 << 30) }
puts numbers.sort.each_slice(7).sum { |slice| slice.inject(:^) }
words = {}
20_000.times { |i| words["w#{i * 7919 % 12_011}"] = "x" * (i % 100) }
puts words.size, Digest::SHA256.hexdigest(words.sort.flatten.join(","))
text = (1..20_000).map { |i| "#{i}:#{(i * 31).to_s(36)}" }.join(" ")
puts text.gsub(/(\d+):(\w+)/) { "#{$2}-#{$1}" }.scan(/a\w-/).length
puts (1..300).inject(:*).to_s.length, (3**900 % 10**40)
Node = Struct.new(:name, :left, :right)
tree = ->(depth) { Node.new("n#{depth}", *(2.times.map { tree.(depth - 1) } if depth > 0)) }
count = ->(node) { node ? 1 + count.(node.left) + count.(node.right) : 0 }
puts count.(tree.(12))
puts Marshal.load(Marshal.dump(words)) == words
threads = (1..8).map do |n|
  Thread.new { (1..1500).map { |i| (i * n).to_s * (i % 5) }.join.sum }
end
p threads.map(&:value)
fibers = (1..200).map { |k| Fiber.new { 10.times { |i| Fiber.yield i * k } } }
puts fibers.sum { |fiber| 10.times.sum { fiber.resume } }
queue = Queue.new
reader = Thread.new { sum = 0; while (x = queue.pop) do sum += x.length end; sum }
20_000.times { |i| queue << "y" * (i % 64) }
queue << nil
puts reader.value
4.times do |n|
  IO.popen("-") do |pipe|
    if pipe
      puts pipe.read
    else
      puts (1..5000).map { |i| [i * n, i.to_s * n] }.to_h.length
    end
  end
end
GC.stress = true
puts Array.new(20) { |i| "stress #{i}" * 3 }.join.length
GC.stress = false
GC.compact if GC.respond_to?(:compact)
puts numbers.length, words["w0"].length
begin
  "x" * (1 << 62)
rescue ArgumentError, NoMemoryError => e
  puts e.class
end
END_RUBY
served_by_library ruby -e 'puts "x" * 100000'
compare 'ruby: objects, threads, fork, garbage under stress' 120 \
	ruby "$tmp/in/work.rb"
if ruby --yjit -e '' 2>/dev/null; then
	compare 'ruby with its compiler' 120 ruby --yjit "$tmp/in/work.rb"
fi
expected_status=1
compare 'ruby reports an exception' 20 ruby -e 'def f(n) f(n + 1) end
	begin; f(0); rescue SystemStackError => e; puts e.class; end
	raise "at last"'
