namespace AuthSidecar.Benchmarks;

/// <summary>How much of a benchmark: what gives figures, or the least that shows that it runs and that its answers are right.</summary>
internal readonly record struct Size(bool IsSmoke)
{
    public T Pick<T>(T full, T smoke) => IsSmoke ? smoke : full;
}
