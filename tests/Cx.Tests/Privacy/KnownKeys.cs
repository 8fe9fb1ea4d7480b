namespace Cx.Tests.Privacy;

/// <summary>What the master key of 32 bytes of 0x01 derives to, and two hashes under it.</summary>
internal static class KnownKeys
{
    public const string Wrapping = "6a10380d32303b01435f713034646ad517b9b986d03e58221efb6e6fbe73c836";
    public const string Lookup = "ae253083b594709b36e1bedf9bb30369fd028a949d5b333c19a5543b4dcc4495";
    public const string Links = "fff6c047574f58bad8dc644985cd0bb7a260862b77d64eee3683129b6723d4cb";
    public const string EmailHash = "55c65a0bfebea8bedc5e339cb66e219e";
    public const string DeliveryHash = "f04b8fc4c60de34d78181f0c6b878618";
}
