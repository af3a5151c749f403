using System.Diagnostics;
using System.Globalization;

namespace AuthSidecar.TestSupport.Fuzz;

/// <summary><c>fuzz TARGET COUNT [SEED [FIRST]]</c>.</summary>
internal static class FuzzCommand
{
    public const string Command = "fuzz";

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        if (
            arguments.Count is < 2 or > 4
            || !FuzzTargets.Names.Contains(arguments[0])
            || !arguments.Skip(1).All(argument => int.TryParse(argument, CultureInfo.InvariantCulture, out _))
        )
        {
            Console.Error.WriteLine($"fuzz {string.Join('|', FuzzTargets.Names)} COUNT [SEED [FIRST]]");
            return 64;
        }

        var numbers = arguments.Skip(1).Select(argument => int.Parse(argument, CultureInfo.InvariantCulture)).ToList();
        var seed = numbers.Count > 1 ? numbers[1] : Random.Shared.Next();
        var started = Stopwatch.GetTimestamp();
        await using var target = await FuzzTargets.OpenAsync(arguments[0]);
        try
        {
            await FuzzRun.RunAsync(target, numbers[0], seed, numbers.Count > 2 ? numbers[2] : 0);
        }
        catch (Exception failure) when (failure is InvalidOperationException or TimeoutException)
        {
            Console.Error.WriteLine(failure.Message);
            return 1;
        }

        Console.WriteLine(
            $"{arguments[0]}: {numbers[0]} inputs, seed {seed}, {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s, all hold"
        );
        return 0;
    }
}
