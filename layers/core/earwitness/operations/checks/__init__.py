"""One file for each part of a stack that is looked over: resources in, findings out."""
