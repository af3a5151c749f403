namespace AuthSidecar.TestSupport.Fuzz;

/// <summary>A property that must hold for any input.</summary>
internal abstract class FuzzTarget : IAsyncDisposable
{
    public abstract string Name { get; }

    /// <summary>Draws one input and tests it.</summary>
    /// <exception cref="FuzzFailure">A property does not hold.</exception>
    public abstract ValueTask TryAsync(Random random);

    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;

    protected static void Require(bool holds, string property, string input)
    {
        if (!holds)
        {
            throw new FuzzFailure(property, input);
        }
    }
}

/// <summary>A violated property, with the input that shows it.</summary>
internal sealed class FuzzFailure(string property, string input) : Exception($"{property}: {Printable(input)}")
{
    private const int Longest = 2000;

    private static string Printable(string input) =>
        string.Concat(
            input.Take(Longest).Select(character => character is >= ' ' and <= '~' ? character.ToString() : $"\\x{(int)character:X2}")
        );
}
