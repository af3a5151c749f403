namespace AuthSidecar.Demo;

/// <summary>One line of the demo.</summary>
/// <param name="Complaints">What is wrong with it; none: it is as it should be.</param>
internal sealed record DemoResult(DemoCase Request, Exchange Exchange, IReadOnlyList<string> Complaints)
{
    public bool IsOk => Complaints.Count == 0;
}
