namespace AuthSidecar.Pipeline;

/// <summary>Gives back what a step took for a request that does not pass in the end.</summary>
internal interface IChargeReturn
{
    /// <summary>Does nothing where nothing was taken. Never throws, and nobody waits for it.</summary>
    void Return(CheckContext context);
}
