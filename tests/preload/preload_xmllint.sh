#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_xmllint.sh - xmllint parses, formats, queries and validates.
. "$(dirname "$0")/lib.sh"
need xmllint awk

awk 'BEGIN { print "<?xml version=\"1.0\"?><root>"; for (i = 0; i < 40000; i++)
	printf "<item id=\"i%d\" class=\"c%d\"><name>name %d</name><v>%d</v><!-- %d --></item>\n",
		i, i % 17, i * 7919 % 40009, i * i % 1009, i
	print "</root>" }' >"$tmp/in/data.xml"
echo '<root><open></root>' >"$tmp/in/broken.xml"
cat >"$tmp/in/data.dtd" <<'END'
<!ELEMENT root (item*)>
<!ELEMENT item (name, v)>
<!ATTLIST item id ID #REQUIRED class CDATA #IMPLIED>
<!ELEMENT name (#PCDATA)>
<!ELEMENT v (#PCDATA)>
END
served_by_library xmllint --noout "$tmp/in/data.xml"
compare 'xmllint --format' 60 xmllint --format -o formatted "$tmp/in/data.xml"
compare 'xmllint --xpath' 60 \
	xmllint --xpath 'sum(//item[@class="c3"]/v)' "$tmp/in/data.xml"
compare 'xmllint --dtdvalid' 60 \
	xmllint --noout --dtdvalid "$tmp/in/data.dtd" "$tmp/in/data.xml"
compare 'xmllint --stream, --c14n' 60 sh -c '
	xmllint --stream --noout "$1" && xmllint --c14n "$1" | cksum' \
	sh "$tmp/in/data.xml"
expected_status=1
compare 'xmllint reports an error' 20 xmllint --noout "$tmp/in/broken.xml"
