#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_php.sh - php, which opens its extensions with RTLD_DEEPBIND: strings,
# arrays, and trees and texts of its shared extensions.
. "$(dirname "$0")/lib.sh"
php=$(command -v php) || skip 'php is not installed'

cat >"$tmp/in/work.php" <<'END'
<?php
mt_srand(42);
$numbers = [];
for ($i = 0; $i < 200000; $i++) {
	$numbers[] = mt_rand();
}
sort($numbers);
echo count($numbers), ' ', $numbers[0], ' ', $numbers[199999], "\n";
$words = [];
for ($i = 0; $i < 50000; $i++) {
	$words["w" . ($i * 7919 % 30011)] = str_repeat(chr(97 + $i % 26), $i % 100);
}
ksort($words);
echo count($words), ' ', md5(serialize($words)), "\n";
echo preg_match_all('/w(\d)(\d+)/', implode(' ', array_keys($words))), "\n";
echo strlen(json_encode($words)), "\n";
if (extension_loaded('dom')) {
	$document = new DOMDocument();
	$root = $document->appendChild($document->createElement('root'));
	for ($i = 0; $i < 20000; $i++) {
		$node = $root->appendChild($document->createElement('item', "n$i"));
		$node->setAttribute('id', (string)$i);
	}
	$again = new DOMDocument();
	$again->loadXML($document->saveXML());
	$path = new DOMXPath($again);
	echo $path->query('//item[@id mod 7 = 3]')->length, "\n";
}
if (extension_loaded('simplexml')) {
	$xml = simplexml_load_string('<a>' . str_repeat('<b c="1">d</b>', 5000) . '</a>');
	echo count($xml->b), "\n";
}
if (extension_loaded('mbstring')) {
	echo mb_strlen(str_repeat("h\u{00e9}llo w\u{00f6}rld ", 20000)), "\n";
}
if (extension_loaded('ctype') && extension_loaded('iconv')) {
	echo strlen(iconv('UTF-8', 'UTF-16', str_repeat('abc', 10000))), "\n";
}
END
served_by_library "$php" -r 'echo strlen(str_repeat("x", 100000));'
compare 'php: its own heap and that of its extensions' 60 \
	"$php" "$tmp/in/work.php"
compare 'php: without its own heap' 60 \
	env USE_ZEND_ALLOC=0 "$php" "$tmp/in/work.php"
