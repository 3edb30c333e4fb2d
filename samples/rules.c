/* SPDX-License-Identifier: MIT */
/*
 * rules.c - how the texts go
 */
#include "rules.h"

/* $man, $other: one person, and the same of the other gender. */
static const char *const people[] = {
    "the $man $does .",
    "the $man $does .",
    "the $man $does .",
    "the $quality $man $does .",
    "the $man says that $he $does .",
    "the $man is $mood because $he $does .",
    "where is the $man ? $he is in the $place .",
    "is the $man at home ? no , $he is in the $place .",
    "the $man looked at $himself in the mirror and $deed .",
    "the $man was tired so $he slept|rested in $his bed|chair .",
    "the $man was hungry so $he ate $his $food .",
    "the $man was thirsty so $he drank $his $drink .",
    "the $man loves $his $animal .",
    "the $man took $his $animal to the $place .",
    "the $man and the $other are happy|friends|married .",
    "the $man danced with the $other .",
    "once upon a time there was a $man . $he had a $size $animal .",
    "once upon a time there lived a $quality $man who loved $his $animal .",
    "a $man is a $person .",
    "the $person is a $man . $he $does .",
    "the $man likes to $pastime with $his friends .",
    "i know a $man . $he $does and i know $him well .",
    "the $quality $man thanked $his friends and $he $deed .",
    "good morning|evening $sir , said the $man .",
};

static const char *const family[] = {
    "my|our|your $man $does .",
    "my|our|your $man $does .",
    "my $man $does and i love $him .",
    "do you know my $man ? yes , $he $does .",
    "this is my $man . $he is $quality .",
    "my $man is a $person who likes to $pastime .",
    "my $man and my $other live in $capital .",
    "i love my $man . $he $does .",
    "we visit our $man on $day because $he is $mood .",
};

static const char *const named[] = {
    "$man is a $quality $person .",
    "$man is a $quality $child who likes to $pastime .",
    "$man likes $food but $he does not like $food .",
    "$man lost $his $animal and $he was sad .",
    "$man went to the $place with $his $relative .",
    "what is your name ? my name is $man .",
    "this is $man . $he comes from $country and speaks $language .",
    "$man and $other are friends .",
    "$man hurt $himself in the $place .",
    "$man gave $his $relative a $thing for $his|the birthday .",
    "$man is the $relative of $other . $he lives in $capital .",
};

/* $det $noun in the number of the cast; $they are the same again. */
static const char *const counted[] = {
    "$det $noun $habit .",
    "$det $noun $habit .",
    "$det $noun $habit .",
    "$det $size $noun $habit .",
    "$det $noun $habit $company .",
    "$det $noun &sleep|&eat|&play|&run $company .",
    "$det $noun &are $mood because $they &are hungry|tired|young .",
    "$det $noun &are $mood today .",
    "there &are $det $noun in the $place .",
    "i see $det $noun in the $place . $they &are $size .",
    "$det $noun $habit . then $they &sleep $company .",
    "we have $det $noun at home . $they &are $quality .",
    "look at the $noun . $they $habit .",
    "$det $noun &have food and water for $themselves .",
    "$number of the $nouns &are $mood .",
    "$number of the $nouns $habit .",
    "where &are the $noun ? $number &are in the $place .",
    "$number $habit $company .",
    "$det $noun &are $company today .",
    "$number of the $nouns &are $company .",
    "$number &sleep|&eat|&play|&run $company .",
    "$bare $habit .",
    "$bare &are $company in the $place .",
    "all $nouns are animals . a $single is an animal .",
    "do you like $nouns ? yes , i like $nouns very much .",
    "$det $noun <are at the door . $they <come $company .",
};

static const char *const owned[] = {
    "$det $noun $habit .",
    "$det $noun $habit .",
    "$det $noun &are $shape .",
    "$det $shape $noun $habit .",
    "i bought $det $noun . $they &are $shape .",
    "i want $det $noun for my birthday .",
    "there &are $det $noun in the $place .",
    "$det $colour $noun &are in the $place .",
    "$det $noun <are on the table . now $they &are on the floor .",
    "look at the $noun . $they $habit .",
    "$bare &lie|&stand|&are $company in the $place .",
    "a $single is a thing . all $nouns are things .",
};

static const char *const crowds[] = {
    "$det $noun &walk|&talk|&wait|&sing $company .",
    "$det $noun &are $mood today .",
    "$det $noun &are in the $place . $they &talk $company .",
    "there &are $det $noun in the $place .",
    "i see $det $noun at the door . $they &smile|&laugh .",
    "$det $noun &do the work for $themselves .",
};

static const char *const world[] = {
    "what is the capital of $country ? $capital .",
    "the capital of $country is $capital .",
    "$capital is the capital of $country .",
    "who was the leader of $country ? $leader .",
    "who ruled $country ? $leader .",
    "$leader was the $title of $country .",
    "the $title of $country was $leader .",
    "the $title of $country lived in $capital .",
    "$leader was the leader of $country .",
    "$leader ruled $country . $lhe lived in $capital .",
    "$leader came from $country and spoke $language .",
    "$leader spoke $language to the people of $country .",
    "the people of $country loved $leader .",
    "$leader lived in $capital and ate $dish .",
    "which language do people speak in $country ? $language .",
    "the people of $country speak $language .",
    "in $country people speak $language and eat $dish .",
    "in $capital people speak $language .",
    "we traveled to $country and ate $dish in $capital .",
    "i live in $capital , the capital of $country .",
    "my friend comes from $country . he|she speaks $language .",
    "they learn $language because they want to go to $country .",
};

static const char *const nature[] = {
    "it is $weather in the|in $season .",
    "in the|in $season the weather is $weather .",
    "what is the weather like in $season ? it is $weather .",
    "it snows in the winter .",
    "the sun shines in the summer .",
    "the flowers bloom in the spring .",
    "the leaves fall in the autumn .",
    "what colour is the $stuff ? $stuff_colour .",
    "the $stuff is $stuff_colour .",
    "the opposite of $this is $that .",
    "what is the opposite of $this ? $that .",
    "today is $today and tomorrow is $tomorrow .",
    "after $today comes $tomorrow .",
    "after $this_month comes $next_month .",
    "$this_month comes before $next_month .",
};

static const char *const talk[] = {
    "hello , how are you ? i am fine , thank you .",
    "how are you today ? i am $mood , thank you .",
    "good night , sleep well .",
    "good morning , did you sleep well ? yes , thank you .",
    "thank you very much . you are welcome .",
    "happy birthday to you , dear $man .",
    "would you like some $food ? yes , please .",
    "would you like some $drink ? no , thank you .",
    "i would like a cup of $drink , please .",
    "i like to eat bread and butter for breakfast .",
    "they eat fish and chips by the sea .",
    "please pass me the salt and pepper .",
    "see you on $day , $man .",
    "how many $nouns do you have ? i have $number .",
    "how many $nouns do you see ? i see $number .",
};

#define RULES(list) list, sizeof(list) / sizeof(*(list))

const struct topic topics[] = {
    {26, ABOUT_PEOPLE, RULES(people)}, {14, ABOUT_KIN, RULES(family)},
    {8, ABOUT_NAMES, RULES(named)},    {24, ABOUT_ANIMALS, RULES(counted)},
    {9, ABOUT_THINGS, RULES(owned)},   {6, ABOUT_CROWDS, RULES(crowds)},
    {22, ABOUT_PEOPLE, RULES(world)},  {9, ABOUT_PEOPLE, RULES(nature)},
    {7, ABOUT_NAMES, RULES(talk)},     {0, ABOUT_PEOPLE, NULL, 0},
};
