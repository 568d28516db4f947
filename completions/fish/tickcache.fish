# fish completion for tickcache, tickcached and the bridges: the programs say what may follow.

function __tickcache_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l offers ($words[1] __complete $words[2..] "$current" 2>/dev/null)
    if test "$offers" = :files
        set -l option (string match -r -- '^--[^=]*=' "$current")
        __fish_complete_path (string replace -- "$option" '' "$current") |
            string replace -r '^' -- "$option"
    else
        string join \n -- $offers
    end
end

for program in tickcache tickcached tickcache-relay tickcache-redis
    complete -e -c $program
    complete -c $program -f -a '(__tickcache_complete)'
end
