namespace AuthSidecar.TestSupport;

/// <summary>
/// Checks every window of the permits granted. Each was granted between two timestamps; a permit counts in a window only when both lie in
/// it.
/// </summary>
internal static class WindowCheck
{
    /// <returns>The highest number of permits in any window of this length.</returns>
    public static int Most(IEnumerable<(long Before, long After)> passed, long window)
    {
        var all = passed.OrderBy(one => one.Before).ToArray();
        var most = 0;
        for (var i = 0; i < all.Length; i++)
        {
            var count = 0;
            for (var j = i; j < all.Length && all[j].Before < all[i].Before + window; j++)
            {
                count += all[j].After < all[i].Before + window ? 1 : 0;
            }

            most = Math.Max(most, count);
        }

        return most;
    }
}
