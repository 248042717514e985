#!/bin/sh
# SPDX-License-Identifier: MIT
# libcheck-missing.sh - stands in for the tests that need libcheck.
echo "libcheck is not installed: the unit and API tests are skipped"
exit 77
