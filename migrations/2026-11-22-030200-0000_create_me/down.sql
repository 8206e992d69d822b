-- Nothing is lost; views of other people's making that ask for it go first.
DROP FUNCTION wvl.me();
