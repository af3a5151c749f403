using System.Diagnostics;

namespace AuthSidecar.TestSupport.Fuzz;

/// <summary>Runs many inputs. The same seed yields the same inputs, and the number of an input is enough to reproduce it.</summary>
internal static class FuzzRun
{
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(5);

    public static async Task RunAsync(FuzzTarget target, int count, int seed, int first = 0)
    {
        for (var number = first; number < first + count; number++)
        {
            var started = Stopwatch.GetTimestamp();
            try
            {
                await target.TryAsync(new Random(HashOf(seed, number)));
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException(
                    $"{target.Name}, seed {seed}, input {number}: {failure.GetType().Name}: {failure.Message}",
                    failure
                );
            }

            if (Stopwatch.GetElapsedTime(started) is var duration && duration > _longest)
            {
                throw new TimeoutException($"{target.Name}, seed {seed}, input {number}: took {duration}.");
            }
        }
    }

    // Random's constructor yields similar sequences for neighbouring seeds.
    private static int HashOf(int seed, int number)
    {
        var hash = ((uint)seed * 2654435761u) ^ ((uint)number * 2246822519u);
        hash = (hash ^ (hash >> 15)) * 3266489917u;
        return (int)(hash ^ (hash >> 16));
    }
}
