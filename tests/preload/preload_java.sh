#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_java.sh - javac makes the same classes, java runs them: threads,
# packing, memory outside its heap, each of its collectors, plugins, jar.
. "$(dirname "$0")/lib.sh"
need java javac jar

cat >"$tmp/in/Work.java" <<'END_JAVA'
import java.nio.*;
import java.nio.file.*;
import java.security.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.stream.*;
import java.util.zip.*;

public class Work {
	record Item(int id, String name, byte[] data) {}

	static String digest(byte[] data) throws Exception {
		return HexFormat.of().formatHex(
			MessageDigest.getInstance("SHA-256").digest(data));
	}

	static String part(int seed) throws Exception {
		Random random = new Random(seed);
		Map<String, Item> map = new TreeMap<>();
		for (int i = 0; i < 20000; i++)
			map.put("k" + random.nextInt(30000), new Item(i, "n" + i,
				new byte[random.nextInt(300)]));
		long size = 0;
		for (Item item : map.values())
			size += item.data.length + item.name.length();
		byte[] text = map.keySet().stream()
			.collect(Collectors.joining(",")).getBytes();
		Deflater deflater = new Deflater(seed % 9 + 1);
		deflater.setInput(text);
		deflater.finish();
		byte[] packed = new byte[text.length + 100];
		int n = deflater.deflate(packed);
		deflater.end();
		Inflater inflater = new Inflater();
		inflater.setInput(packed, 0, n);
		byte[] back = new byte[text.length];
		inflater.inflate(back);
		inflater.end();
		ByteBuffer[] outside = new ByteBuffer[200];
		CRC32 crc = new CRC32();
		for (int i = 0; i < outside.length; i++) {
			outside[i] = ByteBuffer.allocateDirect(random.nextInt(20000) + 4);
			outside[i].putInt(0, i * seed);
			crc.update(outside[i]);
		}
		return seed + " " + map.size() + " " + size + " " + n + " "
			+ Arrays.equals(text, back) + " " + digest(text) + " "
			+ crc.getValue();
	}

	static int depth(int n) {
		return depth(n + 1) + 1;
	}

	public static void main(String[] arguments) throws Exception {
		ExecutorService pool = Executors.newFixedThreadPool(6);
		List<Future<String>> parts = new ArrayList<>();
		for (int i = 1; i <= 12; i++) {
			int seed = i;
			parts.add(pool.submit(() -> part(seed)));
		}
		for (Future<String> future : parts)
			System.out.println(future.get());
		pool.shutdown();
		System.out.println(IntStream.range(0, 300000).parallel()
			.mapToObj(Integer::toString).mapToLong(String::hashCode).sum());
		for (int i = 0; i < 300; i++) {
			Thread thread = new Thread(() -> new byte[1000].hashCode());
			thread.start();
			thread.join();
		}
		try (ZipOutputStream zip = new ZipOutputStream(
				Files.newOutputStream(Path.of("out.zip")))) {
			for (int i = 0; i < 100; i++) {
				ZipEntry entry = new ZipEntry("entry" + i);
				entry.setTime(0);
				zip.putNextEntry(entry);
				zip.write(("text " + i).repeat(i).getBytes());
			}
		}
		try (ZipFile zip = new ZipFile("out.zip")) {
			System.out.println(zip.size() + " "
				+ digest(Files.readAllBytes(Path.of("out.zip"))));
		}
		try {
			depth(0);
		} catch (StackOverflowError error) {
			System.out.println(error);
		}
		Process process = new ProcessBuilder("sh", "-c", "echo child").start();
		System.out.print(new String(process.getInputStream().readAllBytes()));
		System.out.println(process.waitFor());
		KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
		generator.initialize(256);
		System.out.println(generator.generateKeyPair().getPublic().getAlgorithm());
		System.gc();
	}
}
END_JAVA
# Many classes for the compiler: lambdas, generics, switches.
awk 'BEGIN { print "import java.util.*; import java.util.function.*;"
	print "public class Many {"
	for (i = 0; i < 150; i++) {
		printf "static class C%d<T extends Comparable<T>> {\n", i
		printf "\tMap<String, List<T>> map = new HashMap<>();\n"
		printf "\tFunction<T, Integer> f = t -> t.hashCode() + %d;\n", i
		printf "\tint g(int n) { return switch (n) { case %d -> 1; default -> n * %d; }; }\n", i, i
		printf "\tString h(T a, T b) { return a.compareTo(b) > 0 ? \"a%d\" + a : \"b\" + map; }\n}\n", i
	}
	print "}" }' >"$tmp/in/Many.java"
# Those that run are made without the library.
javac -d "$tmp/in/classes" "$tmp/in/Work.java" || exit 99

served_by_library java -version
compare 'javac makes the same classes' 300 \
	javac -Xlint:all -d classes "$tmp/in/Many.java" "$tmp/in/Work.java"
compare 'jar packs and lists them' 120 sh -c '
	jar --create --file many.jar --date 2020-01-01T00:00:00Z -C "$1" . &&
	jar --list --file many.jar' sh "$tmp/in/classes"
for collector in G1 Parallel Z; do
	java -XX:+Use${collector}GC -version >/dev/null 2>&1 || continue
	compare "java with the ${collector} collector" 300 \
		java -Xmx512m -XX:+Use${collector}GC -cp "$tmp/in/classes" Work
done
expected_status=1
echo 'class Broken { int f() { return "text"; } }' >"$tmp/in/Broken.java"
compare 'javac reports an error' 120 javac -d . "$tmp/in/Broken.java"
