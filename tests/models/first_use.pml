/* SPDX-License-Identifier: MIT */
/*
 * first_use.pml - ma_thread_setup of src/thread.c, by threads that make the
 * first call of the process at the same time, by the constructor
 * (start_process), and again by what setup itself calls: pthread_atfork and
 * pthread_key_create may allocate.  The environment may not be known yet.
 *
 * Whoever comes back from setup has a secret; what must be done once is.
 */
#define NOBODY 255

byte setup_owner = NOBODY;
bool is_set_up = false;
bool secret = false;
bool environment = false;	/* the C library knows it */
byte options_read = 0, begun = 0, keys = 0;
bool has_options = false, has_begun = false, has_key = false;

/* The call from within: the lock is mine. */
inline setup_within(me)
{
	assert(setup_owner == me);
	assert(secret)
}

inline setup(me)
{
	if
	:: is_set_up -> skip
	:: else ->
		atomic { setup_owner == NOBODY -> setup_owner = me }
		if
		:: !secret -> secret = true
		:: else
		fi;
		if
		:: !has_options && environment ->
			has_options = true;
			options_read++
		:: else
		fi;
		if
		:: !has_begun ->
			has_begun = true;
			begun++;
			/* pthread_atfork */
			if
			:: setup_within(me)
			:: skip
			fi;
			/* pthread_key_create */
			if
			:: setup_within(me)
			:: skip
			fi;
			keys++;
			has_key = true
		:: else
		fi;
		if
		:: has_options -> is_set_up = true
		:: else
		fi;
		setup_owner = NOBODY
	fi;
	assert(secret && has_begun && has_key)
}

/* attach(), twice: the second call may find all set up. */
proctype thread(byte me)
{
	setup(me);
	setup(me);
	assert(options_read <= 1 && begun == 1 && keys == 1)
}

/* start_process(), where the environment is known. */
proctype constructor(byte me)
{
	environment = true;
	setup(me);
	assert(is_set_up && options_read == 1)
}

init
{
	atomic {
		run thread(0);
		run thread(1);
		run constructor(2)
	}
}
