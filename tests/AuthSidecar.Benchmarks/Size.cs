namespace AuthSidecar.Benchmarks;

/// <summary>The size of a benchmark: large enough for figures, or the minimum that runs it and checks its answers.</summary>
internal readonly record struct Size(bool IsSmoke)
{
    public T Pick<T>(T full, T smoke) => IsSmoke ? smoke : full;
}
