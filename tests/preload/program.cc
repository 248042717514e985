/* SPDX-License-Identifier: MIT */
/*
 * program.cc - what the preload tests of the C++ compilers compile and run:
 * templates for the compiler; containers, threads, aligned new, bad_alloc
 * and nothrow new for the program.
 */
#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <new>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

template <int N> struct fib {
	static const unsigned value = fib<N - 1>::value + fib<N - 2>::value;
};
template <> struct fib<1> { static const unsigned value = 1; };
template <> struct fib<0> { static const unsigned value = 0; };

struct alignas(128) wide { char bytes[300]; };

int main()
{
	std::map<std::string, std::vector<int>> index;
	std::unordered_map<int, std::shared_ptr<std::string>> shared;
	for (int i = 0; i < 20000; i++) {
		std::ostringstream name;
		name << "key" << i % 997;
		index[name.str()].push_back(i);
		shared[i] = std::make_shared<std::string>(i % 60, 'x');
	}
	std::size_t sum = 0;
	for (auto &entry : index)
		sum += entry.first.size() * entry.second.size();
	for (auto &entry : shared)
		sum += entry.second->size();
	std::vector<std::thread> threads;
	std::vector<std::size_t> lengths(4);
	for (int t = 0; t < 4; t++)
		threads.emplace_back([t, &lengths] {
			std::string text;
			for (int i = 0; i < 20000; i++)
				text += std::to_string(i * t);
			lengths[t] = text.size();
		});
	for (auto &thread : threads)
		thread.join();
	std::vector<std::unique_ptr<wide>> wides;
	bool aligned = true;
	for (int i = 0; i < 100; i++) {
		wides.push_back(std::unique_ptr<wide>(new wide));
		aligned &= reinterpret_cast<std::size_t>(wides.back().get()) % 128 == 0;
	}
	std::string caught = "nothing";
	try {
		volatile std::size_t huge = static_cast<std::size_t>(-1) / 4;
		char *p = new char[huge];
		delete[] p;
	} catch (const std::bad_alloc &) {
		caught = "bad_alloc";
	}
	char *none = new (std::nothrow) char[static_cast<std::size_t>(-1) / 4 - sum];
	auto hits = std::count_if(index.begin(), index.end(), [](const auto &e) {
		return e.first.back() == '7'; });
	std::cout << sum << ' ' << lengths[0] << ' ' << lengths[3] << ' '
		<< aligned << ' ' << caught << ' ' << (none == nullptr) << ' '
		<< hits << ' ' << fib<40>::value << '\n';
	return 0;
}
