out_and_back 4
