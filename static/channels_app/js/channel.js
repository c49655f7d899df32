/* The page of one channel. */

import "memo/channels_app/copy";
import "memo/channels_app/line";
import "memo/channels_app/longest_wait";
import "memo/channels_app/week";
