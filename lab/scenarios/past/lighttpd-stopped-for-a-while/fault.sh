out_and_back 6
